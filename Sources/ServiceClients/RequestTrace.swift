/// What ties together everything that happens for one request, in every service it touches.
public struct RequestTrace: Sendable, Hashable {
    /// The trace of the request that the current task works for; outgoing calls send it along.
    @TaskLocal public static var current: RequestTrace?

    /// `X-Request-ID` as the client sent it, or one made here.
    public var requestID: String
    public var parent: TraceParent?

    public init(requestID: String, parent: TraceParent? = nil) {
        self.requestID = requestID
        self.parent = parent
    }
}

/// The `traceparent` header of W3C Trace Context, level 1.
public struct TraceParent: Sendable, Hashable {
    /// The header as it came; forwarded unchanged, since no span of ours is recorded.
    public let header: String
    /// 32 hexadecimal digits.
    public let traceID: String

    /// `nil` for a header that the specification says to ignore: wrong lengths, upper case, zero identifiers,
    /// version `ff`.
    public init?(_ header: String) {
        let fields = header.split(separator: "-", omittingEmptySubsequences: false)
        guard fields.count >= 4, Self.isHexadecimal(fields[0], count: 2), fields[0] != "ff",
            Self.isHexadecimal(fields[1], count: 32), fields[1].contains(where: { $0 != "0" }),
            Self.isHexadecimal(fields[2], count: 16), fields[2].contains(where: { $0 != "0" }),
            Self.isHexadecimal(fields[3], count: 2), fields[0] != "00" || fields.count == 4
        else { return nil }
        self.header = header
        traceID = String(fields[1])
    }

    private static func isHexadecimal(_ text: Substring, count: Int) -> Bool {
        text.utf8.count == count
            && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}
