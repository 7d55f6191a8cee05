"""The article, told again: chapters, corrections, glossary, timeline, library, and where in the code each formula is computed. Torch-free."""
