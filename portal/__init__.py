"""The Django project: its sub-packages are the apps, stacked as floors; imports only go down."""
