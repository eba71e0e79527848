import Testing

/// The binary as it is shipped: real processes, real sockets, real models; one test at a time.
@Suite(.serialized) enum LiveTests {}
