"""The Django project. Its sub-packages are the apps; imports only go down (README, map of the house)."""
