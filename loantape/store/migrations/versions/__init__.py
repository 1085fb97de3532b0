"""The revisions. One that was released is never edited: the next change is the next revision."""
