import Foundation

/// Read access to the files below one folder and to nothing else: paths in label files are not trusted.
struct DatasetFolder {
    /// Symbolic links resolved.
    let root: URL
    let limits: DatasetLimits

    static let pictureExtensions: Set<String> = ["jpg", "jpeg", "png", "webp", "bmp", "gif", "heic", "avif"]
    static let videoExtensions: Set<String> = ["mp4", "mkv", "mov", "avi", "webm"]

    init(_ folder: URL, limits: DatasetLimits) {
        root = folder.standardizedFileURL.resolvingSymlinksInPath()
        self.limits = limits
    }

    /// The file at a relative path, or `nil` when it is absent, not a plain file, or outside of the folder.
    func file(_ path: String) -> URL? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard !path.isEmpty, !path.hasPrefix("/"), !path.contains("\0"), !parts.contains("..") else { return nil }
        let file = root.appending(path: path).standardizedFileURL.resolvingSymlinksInPath()
        guard isInside(file), isPlainFile(file) else { return nil }
        return file
    }

    func has(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    /// The names in a folder below the root, sorted, hidden ones left out; none when there is no such folder.
    func names(in path: String = "") -> [String] {
        let folder = path.isEmpty ? root : root.appending(path: path)
        guard isInside(folder.standardizedFileURL.resolvingSymlinksInPath()) else { return [] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { !$0.hasPrefix(".") }.sorted()
    }

    func folders(in path: String = "") -> [String] { names(in: path).filter { isFolder(joined(path, $0)) } }

    /// The pictures in a folder, as paths below the root.
    func pictures(in path: String = "") -> [String] {
        names(in: path).filter(Self.isPicture).map { joined(path, $0) }.filter { file($0) != nil }
    }

    func joined(_ folder: String, _ name: String) -> String { folder.isEmpty ? name : "\(folder)/\(name)" }

    static func isPicture(_ name: String) -> Bool {
        pictureExtensions.contains((name as NSString).pathExtension.lowercased())
    }

    /// A video's path and the frame's number, of `x.mp4#120`.
    static func frame(of name: String) -> (video: String, number: Int)? {
        guard let mark = name.lastIndex(of: "#"), let number = Int(name[name.index(after: mark)...]), number >= 0 else {
            return nil
        }
        let video = String(name[..<mark])
        return videoExtensions.contains((video as NSString).pathExtension.lowercased()) ? (video, number) : nil
    }

    func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: root.appending(path: path).path, isDirectory: &isFolder)
        return exists && isFolder.boolValue
    }

    /// The lines of a text file with their numbers from 1; empty ones and ends of line left out.
    func lines(of path: String) throws(DatasetError) -> [(number: Int, text: String)] {
        let data = try bytes(of: path, limit: limits.labelBytes)
        guard let text = String(data: data, encoding: .utf8) else {
            throw DatasetError(file: path, reason: "is not UTF-8 text")
        }
        let all = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        return all.enumerated().compactMap { index, line in
            let kept = line.drop { $0 == "\u{FEFF}" }
            return kept.allSatisfy(\.isWhitespace) ? nil : (index + 1, String(kept))
        }
    }

    func bytes(of path: String, limit: Int) throws(DatasetError) -> Data {
        guard let file = file(path) else {
            throw DatasetError(file: path, reason: "is absent, not a plain file, or outside of the data set")
        }
        let handle: FileHandle
        let data: Data
        do {
            handle = try FileHandle(forReadingFrom: file)
            data = try handle.read(upToCount: limit + 1) ?? Data()
            try handle.close()
        } catch {
            throw DatasetError(file: path, reason: "cannot be read: \(error.localizedDescription)")
        }
        guard data.count <= limit else {
            throw DatasetError(file: path, reason: "is larger than \(limit) bytes")
        }
        return data
    }

    private func isInside(_ file: URL) -> Bool {
        file.path == root.path || file.path.hasPrefix(root.path == "/" ? "/" : root.path + "/")
    }

    private func isPlainFile(_ file: URL) -> Bool {
        let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
        return attributes?[.type] as? FileAttributeType == .typeRegular
    }
}
