"""Published cases that the system is run on, with sheets of synthetic people made to match their figures."""
