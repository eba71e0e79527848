/// A template of a person: the vector that a recognition model made of one face.
public struct GalleryEntry: Hashable, Sendable {
    /// Unique in the gallery.
    public var key: GalleryKey
    /// Whose template it is, or, for an anchor, whose it is not.
    public var person: GalleryKey
    /// The gallery's dimension, finite, not all zero. It is brought to length 1 unless it is within 1e-6 of that.
    public var vector: [Float]
    /// A negative anchor says "not this person". It is never a match; see ``GalleryIndex/bestPersons(_:limit:minimum:)``.
    public var isAnchor: Bool

    public init(key: GalleryKey, person: GalleryKey, vector: [Float], isAnchor: Bool = false) {
        self.key = key
        self.person = person
        self.vector = vector
        self.isAnchor = isAnchor
    }
}

/// A template found by a search.
public struct GalleryMatch: Hashable, Sendable {
    public let key: GalleryKey
    public let person: GalleryKey
    /// The inner product of the two unit vectors, from their float32 elements in double precision: -1 ... 1.
    public let cosine: Float

    public init(key: GalleryKey, person: GalleryKey, cosine: Float) {
        self.key = key
        self.person = person
        self.cosine = cosine
    }

    /// The better match first; equal cosines in the order of their keys, so that results do not depend on slots.
    func isBefore(_ other: GalleryMatch) -> Bool {
        cosine == other.cosine ? key < other.key : cosine > other.cosine
    }
}
