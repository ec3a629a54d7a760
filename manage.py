"""For developers: Django's own commands (makemigrations, shell). Operators use `harken`."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "harken.config.settings")
    execute_from_command_line(sys.argv)
