"""The one-machine stack: embedded servers and the processes of the four services, supervised."""
