"""The engine with the toy plug-ins. Its workers, where it may not fork, are this same file."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

if __name__ == "__main__":
    from tests.execution import toys

    if "--worker" in sys.argv:
        sys.argv.remove("--worker")
        from genai_core.execution.worker import main

        toys.install()
        sys.exit(main(sys.argv[1:]))
    from genai_core.execution import engine

    sys.exit(engine.main(sys.argv[1:], worker=(__file__, "--worker"), prepare=toys.install))
