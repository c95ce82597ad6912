"""Violence: which incidents could happen, when and where, and how each makes further ones likely."""
