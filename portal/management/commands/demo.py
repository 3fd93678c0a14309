"""`manage.py demo`: Portico with its database, workers and a protected MCP server, in the foreground."""

import os
from typing import Any

from django.core.management.base import BaseCommand

from portal.management.home import LaunchError
from portal.management.interrupt import Stopped, stop_on_signals
from portal.management.launch import run_demo


class Command(BaseCommand):
    help = "Runs the demo in the foreground: database, web, worker, beat and the demo MCP server. Ctrl-C stops all."
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        with stop_on_signals():
            try:
                run_demo(dict(os.environ))
            except LaunchError as error:
                self.stderr.write(str(error))
                raise SystemExit(1) from error
            except Stopped:
                return  # before there was anything to stop
