import NIOCore

/// The bytes of another sequence, sealed or opened as they pass; in memory are one segment and one piece of the input.
public struct SealedBytesSequence<Base: AsyncSequence & Sendable>: AsyncSequence, Sendable
where Base.Element == ByteBuffer {
    public typealias Element = ByteBuffer

    let base: Base
    let transform: @Sendable () throws(StorageError) -> any SegmentTransform

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(base: base.makeAsyncIterator(), makeTransform: transform)
    }

    /// Each iteration of a sealed sequence seals anew, with another data key.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private enum Phase {
            case start
            case running
            case done
        }

        private var base: Base.AsyncIterator
        private let makeTransform: @Sendable () throws(StorageError) -> any SegmentTransform
        private var transform: (any SegmentTransform)?
        private var phase = Phase.start

        init(
            base: Base.AsyncIterator,
            makeTransform: @escaping @Sendable () throws(StorageError) -> any SegmentTransform
        ) {
            (self.base, self.makeTransform) = (base, makeTransform)
        }

        /// - Throws: what the base throws, else `StorageError`. What came before is then not to be used.
        public mutating func next() async throws -> ByteBuffer? {
            switch phase {
            case .done: return nil
            case .start:
                transform = try makeTransform()
                phase = .running
            case .running: break
            }
            do { return try await transformed() } catch {
                phase = .done
                throw error
            }
        }

        private mutating func transformed() async throws -> ByteBuffer? {
            while true {
                if let piece = try transform?.next() { return piece }
                guard let bytes = try await base.next() else { break }
                transform?.push(bytes)
            }
            phase = .done
            return try transform?.finish()
        }
    }
}

extension AsyncSequence where Self: Sendable, Element == ByteBuffer {
    /// These bytes as a sealed blob (`SegmentLayout`).
    ///
    /// - Parameters:
    ///   - keys: `nil`: no key is configured, and the bytes pass as they are, unless they look sealed (`StorageError`
    ///     `.invalid`): they could not be read again.
    ///   - exponent: of the size of a segment, a power of two from 12 to 20.
    public func sealed(
        _ context: SealContext, with keys: KeyRing?, exponent: UInt8 = SegmentLayout.defaultExponent
    ) -> SealedBytesSequence<Self> {
        precondition(EnvelopeHeader.Layout.exponents.contains(exponent), "no size of a segment")
        return SealedBytesSequence(base: self) { () throws(StorageError) in
            guard let keys else { return PlainPassing() }
            return try BlobSealing(context, with: keys, exponent: exponent)
        }
    }

    /// The plain bytes of a sealed blob. Plain ones pass as they are, unless `keys` refuses them. What is handed out is
    /// authentic; that nothing is missing is known at the end, which throws `StorageError` `.damaged` otherwise.
    public func opened(_ context: SealContext, with keys: KeyRing?) -> SealedBytesSequence<Self> {
        SealedBytesSequence(base: self) { () throws(StorageError) in BlobOpening(context, with: keys) }
    }
}
