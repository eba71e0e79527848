import AIBoxAPI
import AIBoxClient
import Foundation
import NIOCore

/// Photographs of people, three of each.
enum Portraits {
    private static let folder = Places.shared.appending(path: "data/faces-dev")
    static let arePresent = FileManager.default.fileExists(atPath: folder.path)

    struct Person: Sendable {
        var name: String
        var pictures: [ByteBuffer]
    }

    static func people() throws -> [Person] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.contains(".") }
        return try names.sorted().map { name in
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: name).path)
            let pictures = try files.sorted().filter { $0.hasSuffix(".jpg") }.map { file in
                ByteBuffer(data: try Data(contentsOf: folder.appending(path: "\(name)/\(file)")))
            }
            return Person(name: name, pictures: pictures)
        }
    }

    /// The first people all of whose pictures show one face, which passes for live or not.
    static func enrollable(_ box: AIBoxClient, people count: Int) async throws -> [Person] {
        var found: [Person] = []
        for person in try people() where found.count < count {
            let trial = try await box.createPerson(NewPerson(name: "trial"))
            var isUsable = true
            for picture in person.pictures where isUsable {
                do {
                    _ = try await box.enrol(picture, as: trial.id)
                    isUsable = try await box.recognize(picture).faces?.count == 1
                } catch let problem as Problem where problem.status == 422 {
                    isUsable = false
                }
            }
            try await box.deletePerson(trial.id)
            if isUsable { found.append(person) }
        }
        return found
    }
}
