import Foundation

/// COCO's own layout: one JSON document with images, annotations and categories.
extension DatasetReading {
    mutating func readCOCO(document path: String?) throws(DatasetError) {
        guard let path else { throw DatasetError(file: folder.root.lastPathComponent, reason: "holds no COCO .json") }
        let data = try folder.bytes(of: path, limit: limits.documentBytes)
        if let file = folder.file(path) { labelFiles.append(file) }
        let document: COCODocument
        do {
            document = try JSONDecoder().decode(COCODocument.self, from: data)
        } catch {
            throw Self.located(error, in: path)
        }
        let names = cocoCategories(document, path)
        var images = try cocoImages(document, path)
        var seen: Set<Int> = []
        for (index, element) in document.annotations.enumerated() {
            do throws(BadLine) {
                let annotation = try element.value(.annotation, index)
                if let id = annotation.id, !seen.insert(id).inserted {
                    throw BadLine("annotation id \(id) occurs twice")
                }
                guard var image = images[annotation.image] else {
                    throw BadLine("annotation \(index + 1) is of an image \(annotation.image) that the file has not")
                }
                guard let name = names[annotation.category] else {
                    throw BadLine("annotation \(index + 1) is of an unknown category \(annotation.category)")
                }
                guard image.objects.count < limits.objectsPerPicture else {
                    throw BadLine("image \(annotation.image) has more than \(limits.objectsPerPicture) objects")
                }
                image.objects.append(try annotation.object(category: name, in: image.size, number: index + 1))
                images[annotation.image] = image
            } catch {
                errors.add(path, nil, error.reason)
            }
        }
        for image in images.values {
            try add(LabelledPicture(id: image.path, file: image.file, objects: image.objects))
        }
    }

    private mutating func cocoCategories(_ document: COCODocument, _ path: String) -> [Int: String] {
        var names: [Int: String] = [:]
        for (index, element) in document.categories.enumerated() {
            do throws(BadLine) {
                let category = try element.value(.category, index)
                guard names.updateValue(category.name, forKey: category.id) == nil else {
                    throw BadLine("category id \(category.id) occurs twice")
                }
                categories.append(category.name)
            } catch {
                errors.add(path, nil, error.reason)
            }
        }
        return names
    }

    private struct Image {
        var path: String
        var file: URL
        var size: PictureSize
        var objects: [LabelledObject] = []
    }

    private mutating func cocoImages(_ document: COCODocument, _ path: String) throws(DatasetError) -> [Int: Image] {
        guard document.images.count <= limits.pictures else {
            throw DatasetError(file: path, reason: "names more than \(limits.pictures) pictures")
        }
        let places = [""] + ["images"] + pictureFolder.folders().filter { $0 != "images" && $0 != "annotations" }
        var images: [Int: Image] = [:]
        var used: Set<String> = []
        for (index, element) in document.images.enumerated() {
            do throws(BadLine) {
                let image = try element.value(.image, index)
                let candidates = places.map { pictureFolder.joined($0, image.name) }
                guard let found = candidates.first(where: { pictureFolder.file($0) != nil }),
                    let file = pictureFolder.file(found), DatasetFolder.isPicture(found)
                else { throw BadLine("there is no picture \(shown(image.name)) in the data set") }
                guard (1...100_000).contains(image.width), (1...100_000).contains(image.height) else {
                    throw BadLine("image \(image.id) has no usable size")
                }
                guard used.insert(found).inserted, images[image.id] == nil else {
                    throw BadLine("image \(image.id) (\(shown(image.name))) occurs twice")
                }
                images[image.id] = Image(
                    path: found, file: file, size: PictureSize(width: image.width, height: image.height))
            } catch {
                errors.add(path, nil, error.reason)
            }
        }
        return images
    }

    /// Foundation tells the place of a syntax error in words.
    private static func located(_ error: any Error, in path: String) -> DatasetError {
        guard case DecodingError.dataCorrupted(let context) = error else {
            return DatasetError(file: path, reason: "is not a COCO document: needs images, annotations and categories")
        }
        let words = (context.underlyingError as? NSError)?.userInfo["NSDebugDescription"] as? String
        let text = words ?? context.debugDescription
        let line = text.firstMatch(of: /line (\d+)/).flatMap { Int($0.1) }
        return DatasetError(file: path, line: line, reason: "is not JSON: \(text)")
    }
}

/// The parts of the document that are read. Broken elements do not break the rest.
private struct COCODocument: Decodable {
    let images: [Element<COCOImage>]
    let annotations: [Element<COCOAnnotation>]
    let categories: [Element<COCOCategory>]
}

private enum Kind: String {
    case image
    case annotation
    case category
}

private struct Element<Value: Decodable>: Decodable {
    private let value: Value?

    init(from decoder: any Decoder) throws {
        value = try? Value(from: decoder)
    }

    func value(_ kind: Kind, _ index: Int) throws(BadLine) -> Value {
        guard let value else { throw BadLine("\(kind.rawValue) \(index + 1) lacks a field or has one of another type") }
        return value
    }
}

private struct COCOImage: Decodable {
    let id: Int
    let name: String
    let width: Int
    let height: Int

    enum CodingKeys: String, CodingKey {
        case id, width, height
        case name = "file_name"
    }
}

private struct COCOCategory: Decodable {
    let id: Int
    let name: String
}

private struct COCOAnnotation: Decodable {
    let id: Int?
    let image: Int
    let category: Int
    let bbox: [Double]
    let area: Double?
    let iscrowd: Int?
    let ignore: Int?
    let keypoints: [Double]?

    enum CodingKeys: String, CodingKey {
        case id, bbox, area, iscrowd, ignore, keypoints
        case image = "image_id"
        case category = "category_id"
    }

    func object(category: String, in size: PictureSize, number: Int) throws(BadLine) -> LabelledObject {
        guard bbox.count == 4 else { throw BadLine("annotation \(number) has a box of \(bbox.count) numbers") }
        let box = Box(x: bbox[0], y: bbox[1], width: bbox[2], height: bbox[3])
        if let objection = DatasetReading.objection(to: box, in: size) {
            throw BadLine("annotation \(number): \(objection)")
        }
        if let area, !area.isFinite || area < 0 { throw BadLine("annotation \(number) has an unusable area") }
        return LabelledObject(
            box: box, category: category, area: area, isCrowd: iscrowd == 1, isIgnored: ignore == 1,
            keypoints: try points(number))
    }

    private func points(_ number: Int) throws(BadLine) -> [LabelledKeypoint] {
        guard let keypoints, !keypoints.isEmpty else { return [] }
        guard keypoints.count == 3 * COCOClasses.keypoints.count, keypoints.allSatisfy(\.isFinite) else {
            throw BadLine("annotation \(number) has not \(COCOClasses.keypoints.count) finite keypoints")
        }
        var points: [LabelledKeypoint] = []
        for start in stride(from: 0, to: keypoints.count, by: 3) {
            guard let visibility = Visibility(number: keypoints[start + 2]) else {
                throw BadLine("annotation \(number): the visibility of a keypoint is not 0, 1 or 2")
            }
            points.append(
                LabelledKeypoint(x: keypoints[start], y: keypoints[start + 1], visibility: visibility))
        }
        return points
    }
}
