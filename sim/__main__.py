"""`python -m sim` is `peacesim`."""

from sim.cli import main

# Worker processes import the main module anew, under another name.
if __name__ == "__main__":
    main(prog_name="peacesim")
