#!/usr/bin/env python
"""Django's commands, and Portico's own two: `demo` and `verify`."""

import os
import sys
from importlib import import_module


def main() -> None:
    try:
        from django.core.management import execute_from_command_line  # noqa: PLC0415
    except ImportError:
        sys.exit(
            "Portico's packages are not installed for this Python. Run `make demo`, or use .venv/bin/python."
        )
    from portal.management.home import home_path, read_environment  # noqa: PLC0415

    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command in {"demo", "verify"}:
        # These make the environment that the settings are read from, so they run before there are settings.
        import_module(f"portal.management.commands.{command}").Command().run_from_argv(sys.argv)
        return
    if "DJANGO_SETTINGS_MODULE" not in os.environ:
        # On a developer's machine the demo's last start says which database and keys are meant.
        os.environ.update(read_environment(home_path() / "environment") | os.environ)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.development")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
