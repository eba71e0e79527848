import NIOCore
import NIOFoundationCompat

/// Turns bytes that come in pieces of any size into others, one bounded piece at a time.
protocol SegmentTransform: Sendable {
    mutating func push(_ bytes: ByteBuffer)
    /// The next piece that what was pushed allows; `nil`: push more, or finish.
    mutating func next() throws(StorageError) -> ByteBuffer?
    /// The last piece; `next` has returned `nil`.
    mutating func finish() throws(StorageError) -> ByteBuffer?
}

/// Bytes that wait for a segment to be full: one segment and one piece of the input at most.
struct SegmentInput: Sendable {
    private(set) var bytes = ByteBuffer()

    mutating func push(_ more: ByteBuffer) {
        guard bytes.readableBytes > 0 else {
            bytes = more
            return
        }
        bytes.discardReadBytes()
        bytes.writeImmutableBuffer(more)
    }

    /// The next `count` bytes, if there are more than that: then they are not the last ones.
    mutating func segment(of count: Int) -> ByteBuffer? {
        bytes.readableBytes > count ? bytes.readSlice(length: count) : nil
    }

    /// The next `count` bytes, if they are there.
    mutating func whole(_ count: Int) -> ByteBuffer? { bytes.readSlice(length: count) }

    mutating func rest() -> ByteBuffer {
        defer { bytes = ByteBuffer() }
        return bytes.slice()
    }
}

/// Counts segments up to what four bytes hold.
struct SegmentCounter: Sendable {
    private var used = 0

    mutating func next() throws(StorageError) -> UInt32 {
        guard let number = UInt32(exactly: used) else { throw StorageError(.tooLarge, "a blob has too many segments") }
        used += 1
        return number
    }
}

/// Plain bytes into a sealed blob.
struct BlobSealing: SegmentTransform {
    private let key: DataKey
    private let segmentSize: Int
    private var header: ByteBuffer?
    private var input = SegmentInput()
    private var counter = SegmentCounter()

    init(_ context: SealContext, with keys: KeyRing, exponent: UInt8) throws(StorageError) {
        let (key, header) = try DataKey.make(.segments(exponent: exponent), context, with: keys)
        (self.key, self.header) = (key, ByteBuffer(bytes: header.bytes))
        segmentSize = 1 << Int(exponent)
    }

    mutating func push(_ bytes: ByteBuffer) { input.push(bytes) }

    mutating func next() throws(StorageError) -> ByteBuffer? {
        if let header = header.take() { return header }
        guard let plain = input.segment(of: segmentSize) else { return nil }
        return try sealed(plain, isLast: false)
    }

    mutating func finish() throws(StorageError) -> ByteBuffer? { try sealed(input.rest(), isLast: true) }

    private mutating func sealed(_ plain: ByteBuffer, isLast: Bool) throws(StorageError) -> ByteBuffer {
        let box = try key.seal(plain.readableBytesView, segment: counter.next(), isLast: isLast)
        var bytes = ByteBufferAllocator().buffer(capacity: plain.readableBytes + DataKey.tagSize)
        bytes.writeBytes(box.ciphertext)
        bytes.writeBytes(box.tag)
        return bytes
    }
}

/// Plain bytes as they are, where no key is configured.
struct PlainPassing: SegmentTransform {
    private var input = SegmentInput()
    private var isChecked = false

    mutating func push(_ bytes: ByteBuffer) { input.push(bytes) }

    mutating func next() throws(StorageError) -> ByteBuffer? {
        if !isChecked {
            guard input.bytes.readableBytes >= EnvelopeHeader.magic.count else { return nil }
            try check()
        }
        return input.bytes.readableBytes > 0 ? input.rest() : nil
    }

    mutating func finish() throws(StorageError) -> ByteBuffer? {
        try check()
        return input.rest()
    }

    private mutating func check() throws(StorageError) {
        if !isChecked, EnvelopeHeader.begins(input.bytes.readableBytesView) { throw PlainBytes.lookSealed }
        isChecked = true
    }
}

/// A sealed blob into plain bytes; bytes that are plain already pass, unless the ring refuses them.
struct BlobOpening: SegmentTransform {
    private enum State {
        case start
        case plain
        case sealed(DataKey, segmentSize: Int)
    }

    private let context: SealContext
    private let keys: KeyRing?
    private var state = State.start
    private var input = SegmentInput()
    private var counter = SegmentCounter()

    init(_ context: SealContext, with keys: KeyRing?) { (self.context, self.keys) = (context, keys) }

    mutating func push(_ bytes: ByteBuffer) { input.push(bytes) }

    mutating func next() throws(StorageError) -> ByteBuffer? {
        if case .start = state {
            guard let head = input.segment(of: EnvelopeHeader.size) else { return nil }
            try begin(head)
            if case .plain = state { return head }
        }
        switch state {
        case .start: return nil
        case .plain: return input.bytes.readableBytes > 0 ? input.rest() : nil
        case .sealed(let key, let size):
            guard let sealed = input.segment(of: size + DataKey.tagSize) else { return nil }
            return try opened(sealed, key, isLast: false)
        }
    }

    mutating func finish() throws(StorageError) -> ByteBuffer? {
        let rest = input.rest()
        switch state {
        case .start:
            // Shorter than any sealed blob.
            guard !EnvelopeHeader.begins(rest.readableBytesView) else {
                throw StorageError(.damaged, "a sealed blob is cut off within its header")
            }
            return try PlainBytes.accepted(rest, with: keys)
        case .plain: return nil
        case .sealed(let key, _): return try opened(rest, key, isLast: true)
        }
    }

    private mutating func begin(_ head: ByteBuffer) throws(StorageError) {
        guard EnvelopeHeader.begins(head.readableBytesView) else {
            _ = try PlainBytes.accepted(head, with: keys)
            state = .plain
            return
        }
        let header = try EnvelopeHeader(head.readableBytesView)
        guard let keys else { throw PlainBytes.needKey(header.keyID) }
        guard case .segments(let exponent) = header.layout else {
            throw StorageError(.damaged, "a sealed blob is expected, not a value")
        }
        state = .sealed(try DataKey(header, context, with: keys), segmentSize: 1 << Int(exponent))
    }

    private mutating func opened(_ sealed: ByteBuffer, _ key: DataKey, isLast: Bool) throws(StorageError) -> ByteBuffer
    {
        let number = try counter.next()
        let plain = try key.open(sealed.readableBytesView, segment: number, isLast: isLast)
        // Only an empty blob has an empty segment: else a blob had two forms.
        guard !plain.isEmpty || number == 0 else { throw StorageError(.damaged, "a sealed blob has an empty segment") }
        return ByteBuffer(data: plain)
    }
}
