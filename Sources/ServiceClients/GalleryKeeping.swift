import AIBoxAPI
import NIOCore

/// The part of the data manager that feeds the gallery index of a model server.
///
/// Every change of the gallery raises the revision. A model server asks for the revision before each search and
/// fetches what it lacks, so that after an acknowledged change no instance answers from an older gallery.
public protocol GalleryFeeding: Sendable {
    /// The revision of the last committed change; 0 before the first.
    func galleryRevision() async throws -> Int64

    /// What changed after `revision`, in order of revision; from 0 on: everything there is.
    /// - Parameter limit: of faces and removals together, 1–10,000.
    func galleryChanges(since revision: Int64, limit: Int) async throws -> GalleryChanges

    /// The names of those persons that exist.
    func personNames(_ ids: [UUIDv7]) async throws -> [UUIDv7: String]
}

/// A piece of the gallery's history.
public struct GalleryChanges: Codable, Sendable {
    /// A face as it is now, with its templates of all models.
    public struct Face: Codable, Sendable {
        public var id: UUIDv7
        public var personID: UUIDv7
        public var isAnchor: Bool
        public var templates: [FaceTemplate]

        public init(id: UUIDv7, personID: UUIDv7, isAnchor: Bool, templates: [FaceTemplate]) {
            self.id = id
            self.personID = personID
            self.isAnchor = isAnchor
            self.templates = templates
        }
    }

    /// The revision that a reader has reached once it has applied this piece.
    public var revision: Int64
    /// Whether later changes exist already.
    public var hasMore: Bool
    public var faces: [Face]
    public var removed: [UUIDv7]

    public init(revision: Int64, hasMore: Bool, faces: [Face], removed: [UUIDv7]) {
        self.revision = revision
        self.hasMore = hasMore
        self.faces = faces
        self.removed = removed
    }
}

/// The part of the data manager that keeps the gallery and the known plates.
public protocol GalleryKeeping: GalleryFeeding {
    /// - Throws: `Problem` 409 when the external identifier is taken.
    func createPerson(_ person: Person) async throws

    func person(_ id: UUIDv7) async throws -> Person?

    /// Newest first, by identifier. An invalid cursor throws 422.
    func persons(_ query: PersonQuery) async throws -> Page<Person>

    /// `nil`: no such person. 409 when the external identifier is taken.
    func updatePerson(_ id: UUIDv7, _ change: PersonChange) async throws -> Person?

    /// Deletes the person with all faces, templates and crops, and makes the stored detections of the person
    /// anonymous; afterwards no copy is left in the files of the store. Whether there was such a person.
    func deletePerson(_ id: UUIDv7) async throws -> Bool

    /// Adds a face with its first template; `nil`: no such person. Adding the same face twice is one row.
    func addFace(_ face: EnrolledFace, template: FaceTemplate, crop: ByteBuffer?) async throws -> EnrolledFace?

    /// Adds or replaces the template of another model; whether there is such a face.
    func addTemplate(_ template: FaceTemplate, toFace id: UUIDv7) async throws -> Bool

    /// Newest first; `nil`: no such person.
    func faces(ofPerson id: UUIDv7) async throws -> [EnrolledFace]?

    /// Whether there was such a face of that person.
    func deleteFace(_ id: UUIDv7, ofPerson person: UUIDv7) async throws -> Bool

    /// The crop that was kept, as JPEG.
    func faceCrop(_ id: UUIDv7, ofPerson person: UUIDv7) async throws -> ByteBuffer?

    /// - Throws: `Problem` 409 when another entry normalises alike, 422 when nothing of the number is left.
    func createKnownPlate(_ plate: KnownPlate) async throws

    func knownPlate(_ id: UUIDv7) async throws -> KnownPlate?

    /// Newest first, by identifier. An invalid cursor throws 422.
    func knownPlates(_ query: KnownPlateQuery) async throws -> Page<KnownPlate>

    /// `nil`: no such entry. 409 and 422 as at creation.
    func updateKnownPlate(_ id: UUIDv7, _ change: KnownPlateChange) async throws -> KnownPlate?

    func deleteKnownPlate(_ id: UUIDv7) async throws -> Bool

    /// The entry that each reading stands for, in the order of the readings.
    /// - Parameter fuzzy: also take an entry that differs only in characters that are easily confused.
    func matchPlates(_ readings: [String], fuzzy: Bool) async throws -> [PlateItem.Known?]
}
