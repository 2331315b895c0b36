"""What people ask of those who hold their data."""
