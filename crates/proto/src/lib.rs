//! What goes over the wire: the MSync messages and the REST JSON bodies.
