"""Notifications: who must know or act."""
