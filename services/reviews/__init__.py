"""The reviews service: the procedure of review, education and screening, from proposal to complaint."""
