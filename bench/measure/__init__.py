"""What bench/run measures: sizes, instructions, stack and flash operations of the firmware that scripts/build left.

Shares with the end-to-end tests how the board is run (tests/e2e/lib).
"""

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "e2e"))
