import Imaging
import ModelCatalog
import Vision

/// What a second-stage model is shown of a picture.
struct Crop: Sendable {
    private enum Place: Sendable {
        /// Inside the picture, in whole pixels.
        case region(Rectangle)
        case mapped(CropMap, WarpBorder)
        /// As `mapped`, with black beyond a part of the picture.
        case masked(CropMap, to: Rectangle)
    }

    private let place: Place
    /// From the model's input into the picture.
    private let origin: CropMap

    /// A region of the picture, scaled to the input on both axes.
    init(region: Rectangle, in picture: Picture, layout: TensorLayout) {
        let area = picture.wholePixels(of: region)
        let whole = Rectangle(
            x: Float(area.x), y: Float(area.y), width: Float(area.width), height: Float(area.height))
        place = .region(whole)
        origin = CropMap(resizing: whole, width: layout.width, height: layout.height)
    }

    init(_ map: CropMap, border: WarpBorder) {
        place = .mapped(map, border)
        origin = map
    }

    /// A crop of which only what lies in `part` is shown.
    init(_ map: CropMap, maskedTo part: Rectangle) {
        place = .masked(map, to: part)
        origin = map
    }

    /// The crop around a box that a catalogue entry describes; `nil` for a box that leaves nothing, and for crops
    /// that are made from points.
    init?(_ recipe: CatalogEntry.Input.Crop, around box: Rectangle, in picture: Picture, layout: TensorLayout) {
        let scale = Float(recipe.scale)
        switch (recipe.kind, recipe.border) {
        case (.box, .shift):
            guard let region = picture.regionInside(around: box, scale: recipe.scale) else { return nil }
            self.init(region: region, in: picture, layout: layout)
        case (.box, _):
            self.init(
                CropMap(resizing: box.scaled(by: scale), width: layout.width, height: layout.height),
                border: recipe.border.warp)
        case (.square, _):
            self.init(
                CropMap(resizing: box.squared.scaled(by: scale), width: layout.width, height: layout.height),
                border: recipe.border.warp)
        case (.turnedSquare, _), (.aligned, _): return nil
        }
    }

    /// Writes the crop into the model's input.
    func write(
        of picture: Picture, _ layout: TensorLayout, mirrored: Bool, into memory: UnsafeMutableRawBufferPointer
    ) {
        switch place {
        case .region(let region) where !mirrored: picture.write(layout, region: region, into: memory)
        case .region: write(origin, .replicate, of: picture, layout, mirrored: mirrored, into: memory)
        case .mapped(let map, let border):
            write(map, border, of: picture, layout, mirrored: mirrored, into: memory)
        case .masked(let map, let part):
            let area = picture.wholePixels(of: part)
            let shifted = map.shifted(x: Double(-area.x), y: Double(-area.y))
            let shown = Picture(picture.cropped(to: part))
            write(shifted, .grey(0), of: shown, layout, mirrored: mirrored, into: memory)
        }
    }

    private func write(
        _ map: CropMap, _ border: WarpBorder, of picture: Picture, _ layout: TensorLayout, mirrored: Bool,
        into memory: UnsafeMutableRawBufferPointer
    ) {
        picture.write(
            layout, origin: mirrored ? map.mirrored(width: layout.width) : map, border: border, into: memory)
    }

    /// A point of the model's input as one of the picture.
    func picturePoint(_ input: Point) -> Point { origin.picturePoint(input) }
}

extension CropMap {
    /// The same crop of a picture whose origin lies elsewhere.
    fileprivate func shifted(x: Double, y: Double) -> CropMap {
        CropMap(row0: row0 + SIMD3(0, 0, x), row1: row1 + SIMD3(0, 0, y))
    }

    /// The same crop with left and right exchanged.
    fileprivate func mirrored(width: Int) -> CropMap {
        let last = Double(width - 1)
        return CropMap(
            row0: [-row0.x, row0.y, row0.z + row0.x * last], row1: [-row1.x, row1.y, row1.z + row1.x * last])
    }
}

extension Rectangle {
    var centre: Point { Point(x: x + width / 2, y: y + height / 2) }

    /// About the same centre.
    func scaled(by factor: Float) -> Rectangle {
        Rectangle(
            x: centre.x - width * factor / 2, y: centre.y - height * factor / 2, width: width * factor,
            height: height * factor)
    }

    /// Grown on each side by a share of the longer side.
    func grown(by share: Float) -> Rectangle {
        let margin = max(width, height) * share
        return Rectangle(x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin)
    }

    /// The square about the same centre on the longer side.
    var squared: Rectangle {
        let side = max(width, height)
        return Rectangle(x: centre.x - side / 2, y: centre.y - side / 2, width: side, height: side)
    }
}

extension CatalogEntry.Input.Crop.Border {
    var warp: WarpBorder { self == .zero ? .grey(0) : .replicate }
}
