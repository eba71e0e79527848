/// The place of an entry in a stream: milliseconds and a sequence, as the server gave them.
public struct StreamID: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let milliseconds: UInt64
    public let sequence: UInt64

    public static let zero = StreamID(milliseconds: 0, sequence: 0)

    public init(milliseconds: UInt64, sequence: UInt64) {
        self.milliseconds = milliseconds
        self.sequence = sequence
    }

    /// Reads `1526919030474-55`; `nil` when it is none.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let milliseconds = UInt64(parts[0]), let sequence = UInt64(parts[1]) else { return nil }
        self.init(milliseconds: milliseconds, sequence: sequence)
    }

    public var description: String { "\(milliseconds)-\(sequence)" }

    public static func < (a: StreamID, b: StreamID) -> Bool {
        (a.milliseconds, a.sequence) < (b.milliseconds, b.sequence)
    }
}

/// What is appended to a stream.
public struct StreamEvent: Hashable, Sendable {
    /// Names the event wherever it arrives, for consumers that must not handle it twice.
    public let id: String
    /// What happened: `detection.created`.
    public let kind: String
    public let payload: [UInt8]

    public init(id: String, kind: String, payload: [UInt8]) {
        self.id = id
        self.kind = kind
        self.payload = payload
    }
}

/// An event at its place in a stream.
public struct StreamEntry: Hashable, Sendable {
    public let id: StreamID
    public let event: StreamEvent
    /// How often it was given to a consumer of the group, this time included.
    public let deliveries: Int
}

/// An entry that was given to a consumer and not acknowledged.
public struct PendingEntry: Hashable, Sendable {
    public let id: StreamID
    public let consumer: String
    /// Since it was given to a consumer last.
    public let idle: Duration
    public let deliveries: Int
}

/// An event that could not be handled.
public struct DeadLetter: Hashable, Sendable {
    public let id: StreamID
    public let event: StreamEvent
    public let reason: String
    public let deliveries: Int
}
