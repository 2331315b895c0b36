"""What the law gives a person, and what is asked of those who hold their data when something goes wrong."""
