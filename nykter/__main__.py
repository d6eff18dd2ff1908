"""`python -m nykter` is the same as `nykter`."""

import sys

from nykter.cli import main

if __name__ == "__main__":
    sys.exit(main())
