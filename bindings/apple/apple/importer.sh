# Sourced in the chroot: Apple's importer, which swiftc on Linux has too, over our headers and the stub of Foundation.
# shellcheck shell=bash
imported=$out/imported
# Objective-C is off on Linux unless the frontend is told. Without ARC: with it the importer makes EMError ** an
# AutoreleasingUnsafeMutablePointer, which Linux's Swift does not have, and leaves those methods out.
importer=(-Xfrontend -enable-objc-interop -I "$imported" -I "$apple/apple/stub" -I "$apple/Sources/ObjC/include"
  -Xcc -I"$apple/apple/stub" -Xcc -I"$apple/Sources/ObjC/include" -Xcc -fno-objc-arc -Xcc -DFOUNDATION_IMPORTER -module-cache-path "$imported/cache")

# The Swift module Foundation that the importer bridges with.
make_overlay() {
  rm -rf "$imported"
  mkdir -p "$imported"
  swiftc -emit-module -module-name Foundation -import-underlying-module "${importer[@]}" "$apple/apple/overlay.swift" \
    -o "$imported/Foundation.swiftmodule"
}
