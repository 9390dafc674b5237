"""A small believable chain, invented: two stores, two hundred customers, a programme, a catalogue."""
