#!/bin/sh
# Lays out the files of the image, the program's libraries included: image-root.sh PROGRAM FOLDER. The Dockerfile runs it, and so
# does a test, which then runs the program inside the folder.
set -eu

program=$1
folder=$2

mkdir -p "$folder/data" "$folder/etc/ssl/certs"
cp "$program" "$folder/mcp-server"
# The loader and the libraries that it will look for, by the paths at which it will.
ldd "$program" | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "$folder$(dirname "$library")"
    cp -L "$library" "$folder$library"
done
cp -L /etc/ssl/certs/ca-certificates.crt "$folder/etc/ssl/certs/"
# Names of the machine itself, and of nobody: what a program may look up without a system around it.
echo 'nobody:x:65532:65532:nobody:/data:/' > "$folder/etc/passwd"
echo 'nobody:x:65532:' > "$folder/etc/group"
echo 'hosts: files dns' > "$folder/etc/nsswitch.conf"

chmod 0755 "$folder/mcp-server"
chown 65532:65532 "$folder/data"
chmod 0700 "$folder/data"
