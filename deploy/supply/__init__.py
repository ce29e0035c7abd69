"""What comes from elsewhere: known weaknesses of packages, secrets that went into the repository."""
