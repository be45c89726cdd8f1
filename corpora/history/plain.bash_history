ls -la
cd /tmp

#1 this is what somebody typed
echo 'a'   
#1600000000
make all
make test
