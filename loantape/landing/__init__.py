"""Where deliveries arrive: which of them are complete, settled and new, and how each is taken in.

Belongs here: the seam between a landing place and ``pipeline.receive``: looking at a folder or bucket (``places``),
telling a finished delivery from one still being written (``ready``), remembering what was taken (``notes``), fetching
and receiving (``taking``). Not here: what a delivery must contain (``loantape.intake``), or when to look (``dags``).
"""

from loantape.landing.notes import Notes
from loantape.landing.places import Arrival, Bucket, Folder, Place, SeenFile
from loantape.landing.ready import Listing, Rules, Waiting, look_twice
from loantape.landing.taking import announce, arrived, receive

__all__ = [
    "Arrival",
    "Bucket",
    "Folder",
    "Listing",
    "Notes",
    "Place",
    "Rules",
    "SeenFile",
    "Waiting",
    "announce",
    "arrived",
    "look_twice",
    "receive",
]
