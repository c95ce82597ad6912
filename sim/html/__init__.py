"""What the pages that peacesim writes share: their frame, and how data gets into them.

A *page* is one HTML file that needs nothing from outside itself, and is forbidden to ask for it. Its templates extend
`frame.html.j2` and are rendered by :func:`environment`, which escapes every text. Data for its scripts is put in by
:func:`data_element` as JSON that cannot end the element it stands in, or *packed* (:func:`packed_element`): deflated,
then base64. In the browser `peacesim.read(id)` and `peacesim.unpack(id)`, from `page.js`, read them. Those scripts run
whose hash the page's Content-Security-Policy has, and no others.
"""

from sim.html.elements import (
    data_element,
    image_address,
    packed_element,
    packed_script_element,
    script_element,
    script_hashes,
    style_element,
)
from sim.html.environment import environment, resource

__all__ = [
    "data_element",
    "environment",
    "image_address",
    "packed_element",
    "packed_script_element",
    "resource",
    "script_element",
    "script_hashes",
    "style_element",
]
