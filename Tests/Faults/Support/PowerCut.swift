import Foundation
import TestSupport

/// Watches a folder with `shims/powercut.c` and, after a kill, makes of it what a disk would have kept.
struct PowerCut {
    enum Survival {
        /// Nothing that was not synced.
        case syncedOnly
        /// Of the rest a random part: sectors of 512 bytes of files, lengths, the entries of some folders.
        case randomPart(SeededNumbers)
    }

    let root: URL
    private let state: URL

    /// - Parameter root: must exist; its records are kept beside it.
    init(root: URL) throws {
        self.root = root
        state = root.deletingLastPathComponent().appending(path: root.lastPathComponent + ".powercut")
        try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
        chmod(state.path, 0o777)
    }

    /// For the processes that write below the root.
    var environment: [String: String] {
        [
            "LD_PRELOAD": Shims.powerCut?.path ?? "", "POWERCUT_ROOT": root.path, "POWERCUT_STATE": state.path,
        ]
    }

    /// Once the processes are gone: replaces the folder by what survived, and forgets the records.
    func restore(_ survival: Survival) throws {
        let files = FileManager.default
        let draft = root.deletingLastPathComponent().appending(path: root.lastPathComponent + ".draft")
        var restoration = Restoration(root: root, state: state, survival: survival)
        try restoration.build(draft)
        try files.removeItem(at: root)
        try files.moveItem(at: draft, to: root)
        try files.removeItem(at: state)
        try files.createDirectory(at: state, withIntermediateDirectories: true)
        chmod(state.path, 0o777)
    }
}

/// One reading of the records; the format is described in `powercut.c`.
private struct Restoration {
    private struct Entry {
        var inode: UInt64
        var isFolder: Bool
        var name: String
    }

    private let root: String
    private let state: String
    private let isRandom: Bool
    private var numbers: SeededNumbers
    /// Where a folder lies now, in the root or among the removed ones.
    private var places: [UInt64: String] = [:]

    init(root: URL, state: URL, survival: PowerCut.Survival) {
        self.root = root.path
        self.state = state.path
        switch survival {
        case .syncedOnly: (isRandom, numbers) = (false, SeededNumbers(0))
        case .randomPart(let numbers): (isRandom, self.numbers) = (true, numbers)
        }
    }

    mutating func build(_ draft: URL) throws {
        try findFolders(root)
        for grave in try FileManager.default.contentsOfDirectory(atPath: state + "/graves") {
            if let inode = UInt64(grave) { places[inode] = state + "/graves/" + grave }
        }
        let inode = try status(root).inode
        try makeFolder(inode, at: draft.path)
    }

    private mutating func findFolders(_ path: String) throws {
        places[try status(path).inode] = path
        for entry in try presentEntries(path) where entry.isFolder { try findFolders(path + "/" + entry.name) }
    }

    private mutating func makeFolder(_ inode: UInt64, at target: String) throws {
        let place = places[inode]
        let mode = try place.map { try status($0).mode } ?? 0o700
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: false)
        if let place { try copyOwner(of: place, to: target) }
        let present = try place.map { try presentEntries($0) } ?? []
        var entries = try durableEntries(inode) ?? present
        if isRandom, Bool.random(using: &numbers) { entries = present }
        for entry in entries {
            let path = target + "/" + entry.name
            if entry.isFolder {
                try makeFolder(entry.inode, at: path)
            } else {
                try makeFile(entry, present: place.map { $0 + "/" + entry.name }, at: path)
            }
        }
        chmod(target, mode)
    }

    private mutating func makeFile(_ entry: Entry, present: String?, at target: String) throws {
        let record = "\(state)/files/\(entry.inode)"
        guard access(record + ".dirty", F_OK) == 0 else {
            // Not touched since the start.
            guard let present else { throw Failure("no record of \(entry.name)") }
            guard link(present, target) == 0 else { throw Failure("\(target): \(String(cString: strerror(errno)))") }
            return
        }
        let disk = try Data(contentsOf: URL(filePath: record + ".disk"))
        let live = try Data(contentsOf: URL(filePath: record + ".live"))
        try mixed(disk, live).write(to: URL(filePath: target))
        chmod(target, try status(record + ".live").mode)
        try copyOwner(of: record + ".live", to: target)
    }

    /// The durable content with a random part of what was written since.
    private mutating func mixed(_ disk: Data, _ live: Data) -> Data {
        guard isRandom, disk != live else { return disk }
        var bytes = [UInt8](disk)
        let written = [UInt8](live)
        let lengths = min(bytes.count, written.count)...max(bytes.count, written.count)
        let length =
            [bytes.count, written.count, Int.random(in: lengths, using: &numbers)]
            .randomElement(using: &numbers) ?? bytes.count
        if length > bytes.count { bytes += [UInt8](repeating: 0, count: length - bytes.count) }
        bytes.removeLast(bytes.count - length)
        let end = min(bytes.count, written.count)
        for start in stride(from: 0, to: end, by: 512) where Bool.random(using: &numbers) {
            let sector = start..<min(start + 512, end)
            bytes.replaceSubrange(sector, with: written[sector])
        }
        return Data(bytes)
    }

    private func durableEntries(_ inode: UInt64) throws -> [Entry]? {
        guard let record = FileManager.default.contents(atPath: "\(state)/dirs/\(inode)") else { return nil }
        return try record.split(separator: 0).map { line in
            let parts = String(decoding: line, as: UTF8.self).split(separator: " ", maxSplits: 2)
            guard parts.count == 3, let inode = UInt64(parts[0]), let kind = UInt32(parts[1]) else {
                throw Failure("broken record of a folder: \(String(decoding: line, as: UTF8.self))")
            }
            return Entry(inode: inode, isFolder: kind == UInt32(DT_DIR), name: String(parts[2]))
        }
    }

    private func presentEntries(_ path: String) throws -> [Entry] {
        try FileManager.default.contentsOfDirectory(atPath: path).map { name in
            let found = try status(path + "/" + name)
            return Entry(inode: found.inode, isFolder: found.isFolder, name: name)
        }
    }

    private func status(_ path: String) throws -> (inode: UInt64, isFolder: Bool, mode: mode_t) {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw Failure("\(path): \(String(cString: strerror(errno)))") }
        return (UInt64(status.st_ino), status.st_mode & S_IFMT == S_IFDIR, status.st_mode & 0o7777)
    }

    private func copyOwner(of path: String, to target: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0, chown(target, status.st_uid, status.st_gid) == 0 else {
            throw Failure("\(target): \(String(cString: strerror(errno)))")
        }
    }
}
