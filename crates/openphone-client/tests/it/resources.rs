//! Every resource against the simulator, over real sockets.
