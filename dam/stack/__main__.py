"""`python -m dam.stack`: what bin/dam hands over to."""

import sys

from dam.stack.commands.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
