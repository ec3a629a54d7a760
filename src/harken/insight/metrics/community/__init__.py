"""The figures of the community: one file a family, each figure declared once with its question, unit and rows."""
