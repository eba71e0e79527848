import AIBoxAPI
import Foundation
import NIOCore
import NIOFoundationCompat

/// `GalleryChanges` as bytes: four bytes with the length of a JSON head (big endian), the head, then the vectors of
/// all templates one after the other as 32-bit floats (IEEE 754, little endian). As JSON numbers ten thousand
/// templates of 512 would be 60 MB instead of 20.
public enum GalleryFrame {
    private struct Space: Codable, Hashable {
        var model: String
        var sha256: String
        var count: Int
    }

    private struct Face: Codable {
        var id: UUIDv7
        var person: UUIDv7
        var anchor: Bool
        /// Indices of `Head.spaces`.
        var templates: [Int]
    }

    private struct Head: Codable {
        var revision: Int64
        var more: Bool
        var removed: [UUIDv7]
        var spaces: [Space]
        var faces: [Face]
    }

    /// Why a frame is none.
    public struct Malformed: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    public static func encode(_ changes: GalleryChanges) throws -> ByteBuffer {
        var spaces: [Space: Int] = [:]
        let faces = changes.faces.map { face in
            let templates = face.templates.map { template in
                let space = Space(model: template.model, sha256: template.modelSHA256, count: template.vector.count)
                return spaces[space] ?? spaces.addIndex(of: space)
            }
            return Face(id: face.id, person: face.personID, anchor: face.isAnchor, templates: templates)
        }
        let head = Head(
            revision: changes.revision, more: changes.hasMore, removed: changes.removed,
            spaces: spaces.sorted { $0.value < $1.value }.map(\.key), faces: faces)
        let json = try JSONEncoder().encode(head)
        let floats = changes.faces.reduce(0) { $0 + $1.templates.reduce(0) { $0 + $1.vector.count } }
        var frame = ByteBufferAllocator().buffer(capacity: 4 + json.count + 4 * floats)
        frame.writeInteger(UInt32(json.count))
        frame.writeData(json)
        for face in changes.faces {
            for template in face.templates { frame.writeBytes(FloatBytes.data(template.vector)) }
        }
        return frame
    }

    /// - Throws: `Malformed` or `DecodingError`.
    public static func decode(_ frame: ByteBuffer) throws -> GalleryChanges {
        var frame = frame
        guard let length = frame.readInteger(as: UInt32.self), let json = frame.readData(length: Int(length)) else {
            throw Malformed(description: "the frame ends within its head")
        }
        let head = try JSONDecoder().decode(Head.self, from: json)
        let faces = try head.faces.map { face in
            GalleryChanges.Face(
                id: face.id, personID: face.person, isAnchor: face.anchor,
                templates: try face.templates.map { try template($0, head.spaces, &frame) })
        }
        guard frame.readableBytes == 0 else { throw Malformed(description: "bytes follow the last template") }
        return GalleryChanges(revision: head.revision, hasMore: head.more, faces: faces, removed: head.removed)
    }

    private static func template(_ index: Int, _ spaces: [Space], _ frame: inout ByteBuffer) throws -> FaceTemplate {
        guard spaces.indices.contains(index) else { throw Malformed(description: "a template of no known model") }
        let space = spaces[index]
        guard (1...FloatBytes.limit).contains(space.count), let bytes = frame.readData(length: 4 * space.count),
            let vector = FloatBytes.floats(bytes)
        else { throw Malformed(description: "a template is cut off or no vector of finite numbers") }
        return FaceTemplate(model: space.model, modelSHA256: space.sha256, vector: vector)
    }
}

extension Dictionary where Value == Int {
    /// The place of a key that is new: keys are counted in order of their arrival.
    fileprivate mutating func addIndex(of key: Key) -> Int {
        let index = count
        self[key] = index
        return index
    }
}

/// Vectors as 32-bit floats (IEEE 754), little endian: how they are stored and sent.
public enum FloatBytes {
    /// Components of one vector.
    public static let limit = 4096

    public static func data(_ vector: [Float]) -> Data {
        vector.map { $0.bitPattern.littleEndian }.withUnsafeBytes { Data($0) }
    }

    /// `nil` when the bytes are no whole number of floats, or one of these is not finite.
    public static func floats(_ data: Data) -> [Float]? {
        guard data.count % 4 == 0 else { return nil }
        let vector = data.withUnsafeBytes { bytes in
            (0..<data.count / 4).map { index in
                Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)))
            }
        }
        return vector.allSatisfy { $0.isFinite } ? vector : nil
    }
}
