"""The pages: the same knowledge and the same acts as the API, for people."""
