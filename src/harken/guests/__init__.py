"""Places that aren't ours: what is said there, each place's own rules, and what a person did about it. Nothing is sent."""
