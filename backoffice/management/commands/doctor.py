"""`manage.py doctor`: what is wrong with this installation, and what to do about it."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from backoffice.doctor import Level, findings

MARKS = {Level.OK: "ok     ", Level.WARNING: "WARNING", Level.ERROR: "ERROR  "}


class Command(BaseCommand):
    help = "Check all that the shop needs, from settings to webhooks. Ends with 1 where something is wrong."
    requires_system_checks = ()  # they are among what is reported

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for machines: a list of objects")

    def handle(self, *args: Any, **options: Any) -> None:
        found = []
        for finding in findings():
            found.append(finding)
            if not options["json"]:
                self.stdout.write(f"{MARKS[finding.level]} {finding.check.replace('_', ' ')}: {finding.sentence}")
                if finding.remedy:
                    self.stdout.write(f"        {finding.remedy}")
        if options["json"]:
            self.stdout.write(json.dumps([asdict(finding) for finding in found], indent=2))
        if any(finding.level == Level.ERROR for finding in found):
            sys.exit(1)
