import AIBoxAPI
import Foundation
import NIOCore
import Synchronization

/// The files of a `FolderBlobStore`. Calls block.
///
/// ```
/// <root>/incoming/<identifier>      being written; cleared at start
/// <root>/objects/<part>/…/<name>=   the key's path; no key has '=', so that `a` and `a/b` can both be
/// ```
/// Folders are not removed when their last file is.
final class BlobFolder: Sendable {
    /// What is about to be done to the disk, so that a test can stop the world there.
    enum Step: Equatable {
        case makeFile
        case write
        case syncFile
        case name
        case syncFolder
        case remove
    }

    private let incoming: OpenFolder
    private let objects: OpenFolder
    private let before: @Sendable (Step) throws -> Void
    /// Held while folders are looked for and made: whoever finds one then finds it synced.
    private let making = Mutex(())

    /// Opens the folder at `path`, or makes it, and clears what a process that was killed left half written.
    init(path: String, before: @escaping @Sendable (Step) throws -> Void) throws {
        try DurableFolder.make(path)
        let root = try OpenFolder.open(path: path)
        incoming = try root.makeFolder("incoming")
        objects = try root.makeFolder("objects")
        self.before = before
        _ = try removeIncoming(olderThan: nil)
    }

    var space: BlobSpace { get throws { try objects.space() } }

    /// Opens a new file beside.
    func makeIncoming() throws -> (name: String, file: OpenFile) {
        try before(.makeFile)
        let name = UUIDv7().description
        return (name, try incoming.makeFile(name))
    }

    func append(_ chunk: ByteBuffer, to file: OpenFile) throws {
        try before(.write)
        try file.write(chunk)
    }

    /// Gives the file written beside its place, durably.
    func place(_ name: String, _ file: OpenFile, _ description: BlobDescription, replacing: Bool) throws {
        try append(BlobFile.trailer(description), to: file)
        try before(.syncFile)
        try file.sync()
        let folder = try makeFolder(description.key)
        try before(.name)
        let isPlaced = try place(name, in: folder, Self.fileName(description.key), replacing: replacing)
        // Also when content was there: whoever named it may not have come this far.
        try before(.syncFolder)
        try folder.sync()
        if !isPlaced, try self.description(description.key) != description {
            throw StorageError(.conflict, "blob \(description.key) is there with other content")
        }
    }

    /// Whether the name was free, or was to be replaced.
    private func place(
        _ name: String, in folder: OpenFolder, _ fileName: String, replacing: Bool
    ) throws(FileError) -> Bool {
        if replacing {
            try incoming.rename(name, to: folder, fileName)
            return true
        }
        let isPlaced = try incoming.link(name, to: folder, fileName)
        try incoming.remove(name)
        return isPlaced
    }

    func dropIncoming(_ name: String) { _ = try? incoming.remove(name) }

    func open(_ key: BlobKey) throws -> (file: OpenFile, description: BlobDescription) {
        guard let file = try folder(key)?.file(Self.fileName(key)) else {
            throw StorageError(.notFound, "there is no blob \(key)")
        }
        return (file, try BlobFile.description(file, key))
    }

    func description(_ key: BlobKey) throws -> BlobDescription { try open(key).description }

    func remove(_ key: BlobKey) throws {
        guard let folder = try folder(key) else { return }
        try before(.remove)
        try folder.remove(Self.fileName(key))
        // Also when it was gone: whoever removed it may not have come this far.
        try folder.sync()
    }

    /// - Parameter age: `nil` removes all.
    func removeIncoming(olderThan age: Duration?) throws -> Int {
        let limit = age.map { Timestamp.now.milliseconds - Int64($0 / .milliseconds(1)) } ?? .max
        var count = 0
        for entry in try incoming.entries() where !entry.isFolder {
            guard let status = try incoming.status(entry.name), status.modified < limit else { continue }
            if try incoming.remove(entry.name) { count += 1 }
        }
        return count
    }

    func list(prefix: String, after: BlobKey?, limit: Int) throws -> [BlobEntry] {
        var listing = BlobListing(prefix: prefix, after: after?.description ?? "", limit: limit)
        try listing.walk(objects)
        return listing.entries
    }

    private func folder(_ key: BlobKey) throws(FileError) -> OpenFolder? {
        var folder: OpenFolder? = objects
        for part in key.parts.dropLast() { folder = try folder?.folder(String(part)) }
        return folder
    }

    private func makeFolder(_ key: BlobKey) throws -> OpenFolder {
        try making.withLock { _ in try key.parts.dropLast().reduce(objects) { try $0.makeFolder(String($1)) } }
    }

    private static func fileName(_ key: BlobKey) -> String {
        "\(key.parts.last ?? "")\(BlobListing.fileMark)"
    }
}
