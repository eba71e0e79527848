import Foundation

/// A small text file, read whole but never more than its limit.
struct BoundedFile {
    let text: String
    let isWorldReadable: Bool

    /// - Throws: `.unreadableFile` when `path` is absent, no plain text or holds more than `limit` bytes. `place` is
    ///   what named the file.
    init(path: String, limit: Int, place: String) throws(SettingsError) {
        let bytes: Data
        do {
            let handle = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? handle.close() }
            bytes = try handle.read(upToCount: limit + 1) ?? Data()
            isWorldReadable = Self.isWorldReadable(handle.fileDescriptor)
        } catch {
            throw SettingsError(.unreadableFile, "\(place): \(path) cannot be read: \(Self.reason(error))")
        }
        guard bytes.count <= limit else {
            throw SettingsError(.unreadableFile, "\(place): \(path) is larger than \(ByteSize.text(limit))")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SettingsError(.unreadableFile, "\(place): \(path) is no UTF-8 text")
        }
        self.text = text
    }

    /// Asks the open file, not the path, so that a link's own permissions do not count.
    private static func isWorldReadable(_ descriptor: Int32) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & 0o004 != 0
    }

    private static func reason(_ error: any Error) -> String {
        switch (error as? CocoaError)?.code {
        case .fileReadNoSuchFile, .fileNoSuchFile: "there is no such file"
        case .fileReadNoPermission: "permission denied"
        default: (error as NSError).localizedDescription
        }
    }
}
