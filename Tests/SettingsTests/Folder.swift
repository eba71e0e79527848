import Foundation

/// A folder of one test.
struct Folder {
    let path: String

    /// Writes a file that its owner alone may read, or with `mode`, and answers its path.
    func file(_ name: String, _ contents: some Sequence<UInt8>, mode: Int = 0o600) throws -> String {
        let file = "\(path)/\(name)"
        try Data(contents).write(to: URL(filePath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        return file
    }

    func file(_ name: String, _ contents: String, mode: Int = 0o600) throws -> String {
        try file(name, contents.utf8, mode: mode)
    }
}

func withFolder(_ body: (Folder) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "aibox-settings-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    try body(Folder(path: url.path))
}
