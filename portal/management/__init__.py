"""Starts and checks the house: `manage.py demo` and `manage.py verify`. Top floor; nothing imports it but tests.

home is the demo's directory; binaries, server, roles and postgres are its database; processes, guard and interrupt
see that what was started is stopped, however we end. Our own launcher, since the wheel's API changes permissions of
directories that are not its own. install prepares .venv and runs before there is one.
"""
