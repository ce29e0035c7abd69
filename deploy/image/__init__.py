"""The container image: its build and what is listed of its contents."""
