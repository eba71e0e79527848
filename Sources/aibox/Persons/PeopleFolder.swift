import Foundation

/// A folder with a folder for each person.
enum PeopleFolder {
    struct Picture: Sendable {
        /// In Unicode normalisation form C.
        var person: String
        var path: String
    }

    /// Sent although they do not begin as a picture does: the server's reason is then in the report.
    private static let endings: Set<String> = [
        "jpg", "jpeg", "jpe", "png", "webp", "bmp", "gif", "heic", "heif", "avif", "tif", "tiff", "jxl",
    ]

    /// Every picture, sorted by person; files that are none by content nor by name, and hidden ones, are left out.
    static func pictures(in folder: String) throws -> [Picture] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw CommandFailure("\(folder): no such folder", .absent)
        }
        let people = names.sorted().filter { !$0.hasPrefix(".") && isFolder("\(folder)/\($0)") }
        let pictures = people.flatMap { name in
            files(below: "\(folder)/\(name)").map {
                Picture(person: name.precomposedStringWithCanonicalMapping, path: $0)
            }
        }
        guard !pictures.isEmpty else {
            throw CommandFailure("\(folder) has no folders with pictures; it needs one a person, named as the person")
        }
        return pictures
    }

    private static func files(below folder: String) -> [String] {
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        let shown = names.filter { !$0.split(separator: "/").contains { $0.hasPrefix(".") } }
        return shown.sorted().map { "\(folder)/\($0)" }.filter { path in
            endings.contains(URL(filePath: path).pathExtension.lowercased()) && !isFolder(path)
                || PictureFiles.isPicture(path)
        }
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}
