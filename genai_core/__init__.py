"""GenAI in the Balance: everything behind the pages. Nothing in this package imports streamlit."""
