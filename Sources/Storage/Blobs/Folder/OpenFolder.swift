import Foundation

/// An open folder, closed with the object. Everything below it is reached by single names from descriptor to
/// descriptor, never through a symbolic link, so that nothing outside can be meant. Calls block.
final class OpenFolder: Sendable {
    private let descriptor: CInt
    private let name: String

    private init(adopting descriptor: CInt, name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    deinit { close(descriptor) }

    /// Opens the folder at `path`, which may be a link.
    static func open(path: String) throws(FileError) -> OpenFolder {
        let descriptor = Foundation.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        return OpenFolder(adopting: try FileError.check(descriptor, path), name: path)
    }

    /// `nil` when there is none.
    func folder(_ name: String) throws(FileError) -> OpenFolder? {
        let descriptor = openat(self.descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        return try FileError.checkPresence(descriptor, name).map { OpenFolder(adopting: $0, name: name) }
    }

    /// Opens a folder; one that is not there is made, durably.
    func makeFolder(_ name: String) throws(FileError) -> OpenFolder {
        if let folder = try folder(name) { return folder }
        if mkdirat(descriptor, name, 0o700) < 0, errno != EEXIST { throw FileError(name: name, reason: errno) }
        try sync()
        guard let folder = try folder(name) else { throw FileError(name: name, reason: ENOENT) }
        return folder
    }

    /// Opens a file to be read; `nil` when there is none. What is no file, such as a pipe, does not block but fails.
    func file(_ name: String) throws(FileError) -> OpenFile? {
        let descriptor = openat(self.descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard let descriptor = try FileError.checkPresence(descriptor, name) else { return nil }
        let file = OpenFile(adopting: descriptor, name: name)
        guard try file.status().isRegular else { throw FileError(name: name, reason: EINVAL) }
        return file
    }

    /// Makes a file, which must be new, to be written.
    func makeFile(_ name: String) throws(FileError) -> OpenFile {
        let descriptor = openat(self.descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        return OpenFile(adopting: try FileError.check(descriptor, name), name: name)
    }

    func rename(_ name: String, to folder: OpenFolder, _ newName: String) throws(FileError) {
        try FileError.check(renameat(descriptor, name, folder.descriptor, newName), newName)
    }

    /// Gives a file a second name.
    ///
    /// - Returns: false when that name is taken.
    func link(_ name: String, to folder: OpenFolder, _ newName: String) throws(FileError) -> Bool {
        let result = linkat(descriptor, name, folder.descriptor, newName, 0)
        if result < 0 && errno == EEXIST { return false }
        try FileError.check(result, newName)
        return true
    }

    /// - Returns: false when there was none.
    @discardableResult
    func remove(_ name: String) throws(FileError) -> Bool {
        try FileError.checkPresence(unlinkat(descriptor, name, 0), name) != nil
    }

    func sync() throws(FileError) { try FileError.check(fsync(descriptor), name) }

    /// A file's status, without opening it; `nil` when there is none.
    func status(_ name: String) throws(FileError) -> OpenFile.Status? {
        var status = stat()
        let result = fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW)
        return try FileError.checkPresence(result, name) == nil ? nil : OpenFile.Status(status)
    }

    func space() throws(FileError) -> BlobSpace {
        var space = statvfs()
        try FileError.check(fstatvfs(descriptor, &space), name)
        let unit = Int(space.f_frsize)
        return BlobSpace(free: Int(space.f_bavail) * unit, total: Int(space.f_blocks) * unit)
    }

    struct Entry {
        let name: String
        let isFolder: Bool
    }

    /// Files and folders, in no order.
    func entries() throws(FileError) -> [Entry] {
        let copy = try FileError.check(openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), name)
        guard let stream = fdopendir(copy) else {
            let reason = errno
            close(copy)
            throw FileError(name: name, reason: reason)
        }
        defer { closedir(stream) }
        var entries: [Entry] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            let type = Int(entry.pointee.d_type)
            guard name != ".", name != ".." else { continue }
            entries.append(Entry(name: name, isFolder: try isFolder(name, type)))
        }
        if errno != 0 { throw FileError(name: name, reason: errno) }
        return entries
    }

    /// Some file systems do not say in the listing what a name is.
    private func isFolder(_ name: String, _ type: Int) throws(FileError) -> Bool {
        guard type == DT_UNKNOWN else { return type == DT_DIR }
        var status = stat()
        try FileError.check(fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW), name)
        return status.st_mode & S_IFMT == S_IFDIR
    }
}
