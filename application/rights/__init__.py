"""What people ask of those who hold their data: decided, shown, laid out for them, and reminded of."""
