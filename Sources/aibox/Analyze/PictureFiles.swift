import Foundation
import Imaging

/// Finds the pictures below what a command line names.
enum PictureFiles {
    /// Files as they are named, folders searched to the bottom for files that begin as a picture does; sorted
    /// within a folder.
    static func find(_ paths: [String]) throws -> [String] {
        guard !paths.isEmpty else { throw CommandFailure("name at least one picture or folder; see --help", .usage) }
        let found = try paths.flatMap(pictures)
        guard !found.isEmpty else { throw CommandFailure("there is no picture in \(paths.joined(separator: ", "))") }
        return found
    }

    private static func pictures(_ path: String) throws -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw CommandFailure("\(path): no such file or folder", .absent)
        }
        guard isFolder.boolValue else { return [path] }
        let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        return names.sorted().map { path + (path.hasSuffix("/") ? "" : "/") + $0 }.filter(isPicture)
    }

    /// Pipes and devices are not opened: reading one may never end.
    static func isPicture(_ path: String) -> Bool {
        let target = URL(filePath: path).resolvingSymlinksInPath().path
        let type = try? FileManager.default.attributesOfItem(atPath: target)[.type] as? FileAttributeType
        guard type == .typeRegular else { return false }
        guard let file = FileHandle(forReadingAtPath: path), let head = try? file.read(upToCount: 64) else {
            return false
        }
        return head.withUnsafeBytes { PictureFormat.sniff($0) != nil }
    }
}
