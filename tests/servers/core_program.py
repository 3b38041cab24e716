"""The core as a program, to be run with the flags of the shipped launcher: `python -IS`.

With them there is nothing but the core and the standard library.
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).resolve().parents[2]))
    from core.cli import main

    sys.exit(main())
