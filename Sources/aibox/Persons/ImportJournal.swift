import AIBoxAPI
import Crypto
import Foundation

/// What was enrolled: a file with a line of JSON for each picture, so that an import can go on where it stopped.
actor ImportJournal {
    private struct Entry: Codable {
        var person: UUIDv7
        var face: UUIDv7
        var sha256: String
        var file: String
    }

    /// A picture of a person that nobody else enrols now.
    struct Claim: Hashable, Sendable {
        fileprivate var person: UUIDv7
        fileprivate var sha256: String
    }

    private let file: FileHandle
    private var enrolled: [Claim: UUIDv7] = [:]
    private var claimed: Set<Claim> = []

    /// - Throws: `CommandFailure` when the file cannot be written.
    init(_ path: String) throws {
        let known = FileManager.default.contents(atPath: path) ?? Data()
        // A line that was cut off when the machine went down counts as not written.
        for line in known.split(separator: UInt8(ascii: "\n")) {
            guard let entry = try? JSONDecoder().decode(Entry.self, from: line) else { continue }
            enrolled[Claim(person: entry.person, sha256: entry.sha256)] = entry.face
        }
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandFailure(
                "the journal \(path) cannot be written (\(String(cString: strerror(errno)))); name another with --journal"
            )
        }
        file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        if let last = known.last, last != UInt8(ascii: "\n") { try file.write(contentsOf: Data("\n".utf8)) }
    }

    /// `nil` when the person has a face of this picture, or another task is about to add it.
    /// - Parameter present: the faces that the person has: one may have been deleted since.
    func claim(_ picture: Data, of person: UUIDv7, present: Set<UUIDv7>) -> Claim? {
        let digest = SHA256.hash(data: picture).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
        let claim = Claim(person: person, sha256: digest.joined())
        if let face = enrolled[claim], present.contains(face) { return nil }
        return claimed.insert(claim).inserted ? claim : nil
    }

    /// On the disk when this returns.
    func write(_ claim: Claim, face: UUIDv7, file name: String) throws {
        let entry = Entry(person: claim.person, face: face, sha256: claim.sha256, file: name)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var line = try encoder.encode(entry)
        line.append(UInt8(ascii: "\n"))
        try file.write(contentsOf: line)
        try file.synchronize()
    }
}
