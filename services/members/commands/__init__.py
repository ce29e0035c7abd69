"""Commands of the members service: each changes one aggregate within one transaction."""
